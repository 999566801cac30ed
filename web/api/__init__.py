"""The API, version 1: what other systems may post and read, described by an OpenAPI 3.1 file."""
