"""The catalogue of words: taken from the source, translated by people, compiled for every client."""
