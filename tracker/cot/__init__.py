"""The door of TAK clients: Cursor on Target over TCP and TLS, both directions."""
