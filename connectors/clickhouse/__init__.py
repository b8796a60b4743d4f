"""The ClickHouse store, a server or embedded: one client API for both."""
