"""Builds `ttl`: the rules of the language on values, without a syntax tree."""
