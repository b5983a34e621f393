"""What the pages of several rooms share: forms that want less while a draft is written, confirming, sentences."""
