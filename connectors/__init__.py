"""The only code that does I/O: files and ClickHouse."""
