"""The dataflows, their settings, and the ``otklik`` command."""
