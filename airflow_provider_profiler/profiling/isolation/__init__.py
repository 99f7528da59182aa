"""Reading in a process apart: libraries for other people's formats may hang, crash or take all memory."""
