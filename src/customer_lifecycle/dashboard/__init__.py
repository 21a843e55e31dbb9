"""Boards as text (`charts/*.yml`: SQL and what to draw of it) become HTML pages.

A page is one file: no script, no request to anywhere, the same bytes for the same warehouse. Text
is text and boxes are HTML, so that a page reads as well on a phone as on a desk; each chart brings
its rows along as a table.
"""

from customer_lifecycle.dashboard.boards import Board, BoardError, Chart, load_boards
from customer_lifecycle.dashboard.pages import render_dashboard

__all__ = ["Board", "BoardError", "Chart", "load_boards", "render_dashboard"]
