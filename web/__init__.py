"""Every door to the books: the public page over HTTP and the command line."""
