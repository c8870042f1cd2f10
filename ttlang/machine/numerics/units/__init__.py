"""The units that compute: bit by bit (`exact`), and in fast forms that give the same bits."""
