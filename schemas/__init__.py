"""What travels through Otklik: posts, decisions, rules, policies, events, and the store's migrations."""
