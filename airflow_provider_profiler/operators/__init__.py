"""Tasks that submit, wait for and clean up profiling jobs, and that use what these found."""
