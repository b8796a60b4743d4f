"""The subcommands of ``otklik``, one a module: ``register`` declares its options, ``run`` does it."""
