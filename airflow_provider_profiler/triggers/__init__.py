"""What waits in the triggerer: for a task that was deferred, or for an asset that is watched."""
