"""An Android device with the demo app: `--runtime android[:SERIAL][,KEY=VALUE ...]`."""

from .runtime import Android

__all__ = ["Android"]
