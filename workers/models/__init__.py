"""Getting classifiers: fetch a released checkpoint, convert it for serving."""
