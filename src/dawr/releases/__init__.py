"""How published slots reach people: the draw, its offers and its waiting list."""
