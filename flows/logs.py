"""What Otklik logs, as lines of the command that logs it."""

import logging


def log_to_stderr() -> None:
    """Show what Otklik itself logs; its libraries say the same in lines of their own."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("otklik run: %(message)s"))
    log = logging.getLogger("otklik")
    log.setLevel(logging.INFO)
    log.handlers = [handler]
