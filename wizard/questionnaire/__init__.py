"""The questionnaire: what is asked, what follows from the answers, and in which words. No Flask, no web."""
