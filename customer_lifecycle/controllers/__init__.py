from . import promises, rating, referral, unsubscribe
