"""Understanding: Rasa's training data, rules, and the components that wrap ``knowledge/``."""
