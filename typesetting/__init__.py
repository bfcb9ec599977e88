"""Typst as letters and reports use it: the fonts, and typesetters in processes of their own."""
