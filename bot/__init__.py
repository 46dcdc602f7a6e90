"""The front door: gateway, channels, command line."""
