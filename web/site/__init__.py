"""The public site: published figures for anyone, in Chinese and English, as pages, CSV and JSON."""
