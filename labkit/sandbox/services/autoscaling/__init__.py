"""Auto Scaling groups whose instances take time to boot, and warm pools that hold some ready."""
