"""ClickHouse's HTTP interface over an embedded store, so that several processes of a machine can share it."""
