"""How dates are written, where Django's own choice for a language can be misread (settings.FORMAT_MODULE_PATH)."""
