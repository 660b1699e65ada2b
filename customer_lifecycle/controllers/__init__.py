from . import promises, rating, unsubscribe
