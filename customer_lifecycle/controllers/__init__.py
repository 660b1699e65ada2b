from . import promises, unsubscribe
