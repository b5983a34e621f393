"""Passports: who may have which visa where (`selectors`), minting, clients and tokens, the OpenID provider."""
