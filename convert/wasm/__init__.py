"""A network as WebAssembly, and as a web page that runs it."""
