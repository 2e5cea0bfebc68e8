"""Files to models: layouts, keys, strict loading, conversion, downloads."""
