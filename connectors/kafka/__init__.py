"""Kafka: reading the topics of posts and decisions."""
