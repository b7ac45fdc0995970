"""Puts a look on the application: font, palette and the one style sheet, all from the tokens.

Widgets say what they are with the dynamic property `role` ("title", "secondary", "card", "primary", ...); what that
looks like is decided here only.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from desktop.theme.fonts import font
from desktop.theme.my_sheet import my_sheet
from desktop.theme.tokens import Look, use


def apply(application: QApplication, look: Look) -> None:
    """Make every window of the application wear a look; nothing is done where they do."""
    use(look)
    made = sheet(look)
    if application.styleSheet() == made:
        return
    if not application.styleSheet():  # each time again, it would dress every widget once more
        application.setStyle("Fusion")
    application.setFont(font(look.px(14)))
    application.setPalette(_palette(look))
    application.setStyleSheet(made)


def _palette(look: Look) -> QPalette:
    palette = QPalette()
    for role, token in (
        (QPalette.ColorRole.Window, "page"),
        (QPalette.ColorRole.WindowText, "ink"),
        (QPalette.ColorRole.Base, "card"),
        (QPalette.ColorRole.AlternateBase, "stripe"),
        (QPalette.ColorRole.Text, "ink"),
        (QPalette.ColorRole.PlaceholderText, "grey"),
        (QPalette.ColorRole.Button, "card"),
        (QPalette.ColorRole.ButtonText, "ink"),
        (QPalette.ColorRole.Highlight, "selected"),
        (QPalette.ColorRole.HighlightedText, "selected_ink"),
        (QPalette.ColorRole.ToolTipBase, "card"),
        (QPalette.ColorRole.ToolTipText, "ink"),
        (QPalette.ColorRole.Link, "action"),
    ):
        palette.setColor(role, look.colour(token))
    return palette


def _tick(look: Look) -> str:
    """The picture in a box that is ticked, in the look's `action_ink`: what is ticked is not told by colour alone."""
    return Path(str(resources.files("desktop.theme") / "ticks" / f"{look.theme}.svg")).as_posix()


def sheet(look: Look) -> str:
    """The style sheet of a look."""
    c, px, gap = look.colours, look.px, look.gap
    return f"""
* {{ font-size: {px(14)}px; }}
QWidget {{ color: {c["ink"]}; }}
QMainWindow, QDialog, [role="page"] {{ background: {c["page"]}; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: 0; }}
QToolTip {{ background: {c["card"]}; color: {c["ink"]}; border: 1px solid {c["control"]}; padding: {gap(4)}px; }}

QLabel {{ background: transparent; }}
QLabel[role="title"] {{ font-size: {px(23)}px; font-weight: 700; }}
QLabel[role="heading"] {{ font-size: {px(18)}px; font-weight: 600; }}
QLabel[role="cardtitle"] {{ font-size: {px(15)}px; font-weight: 600; }}
QLabel[role="key"] {{ font-size: {px(20)}px; font-weight: 600; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="secondary"] {{ font-size: {px(13)}px; color: {c["grey"]}; }}
QLabel[role="small"] {{ font-size: {px(12.5)}px; }}
QLabel[role="lead"] {{ font-size: {px(16)}px; color: {c["grey"]}; }}
QLabel[role="quote"] {{ font-size: {px(16)}px; }}
QLabel[role="caption"] {{ font-size: {px(12)}px; font-weight: 600; color: {c["grey"]}; }}
QLabel[role="danger"] {{ color: {c["danger"]}; }}
QLabel[role="warning"] {{ color: {c["warning"]}; }}
QLabel[ink="danger"] {{ color: {c["danger"]}; }}
QLabel[ink="warning"] {{ color: {c["warning"]}; }}
QLabel[ink="info"] {{ color: {c["info"]}; }}
QLabel[ink="violet"] {{ color: {c["violet"]}; }}
QLabel[ink="grey"] {{ color: {c["grey"]}; }}
QLabel[role="tag"] {{ font-size: {px(12)}px; border-radius: {px(4)}px; padding: {gap(1)}px {gap(6)}px;
  background: {c["hover"]}; color: {c["ink"]}; }}
QLabel[role="tag"][tone="warning"] {{ background: {c["warning_back"]}; color: {c["warning"]}; }}
QLabel[role="tag"][tone="danger"] {{ background: {c["danger_back"]}; color: {c["danger"]}; }}
QLabel[role="tag"][tone="good"] {{ background: {c["good_back"]}; color: {c["good"]}; }}
QLabel[role="tag"][tone="info"] {{ background: {c["info_back"]}; color: {c["info"]}; }}
{'QLabel[role="tag"] { border: 1px solid; }' if look.theme == "contrast" else ""}

QFrame[role="card"] {{ background: {c["card"]}; border: 1px solid {c["line"]}; border-radius: {px(12)}px; }}
QFrame[role="card"][tone="own"] {{ border-left: {px(4)}px solid {c["person"]}; }}
QFrame[role="drop"] {{ background: {c["card"]}; border: {px(2)}px dashed {c["control"]}; border-radius: {px(12)}px; }}
QFrame[role="drop"][tone="over"] {{ border-color: {c["action"]}; background: {c["hover"]}; }}
QFrame[role="panel"] {{ background: {c["card"]}; border: 0; border-bottom: 1px solid {c["line"]}; }}
QFrame[role="side"] {{ background: {c["card"]}; border: 0; border-right: 1px solid {c["line"]}; }}
QFrame[role="rule"] {{ background: {c["line"]}; border: 0; max-height: 1px; min-height: 1px; }}
QFrame[role="notice"] {{ background: {c["info_back"]}; border: 1px solid {c["line"]}; border-radius: {px(8)}px; }}
QFrame[role="notice"] QLabel {{ color: {c["info"]}; }}
QFrame[role="notice"][tone="warning"] {{ background: {c["warning_back"]}; }}
QFrame[role="notice"][tone="warning"] QLabel {{ color: {c["warning"]}; }}
QFrame[role="notice"][tone="danger"] {{ background: {c["danger_back"]}; }}
QFrame[role="notice"][tone="danger"] QLabel {{ color: {c["danger"]}; }}
QFrame[role="testdata"] {{ background: {c["warning_back"]}; border: 0; border-bottom: 1px solid {c["warning"]}; }}
QFrame[role="testdata"] QLabel {{ color: {c["warning"]}; font-weight: 600; font-size: {px(13)}px; }}
QFrame[role="status"] {{ background: {c["card"]}; border: 0; border-top: 1px solid {c["line"]}; }}
QFrame[role="status"] QLabel {{ font-size: {px(12.5)}px; color: {c["grey"]}; }}
QFrame[role="status"] QLabel[tone="warning"] {{ color: {c["warning"]}; }}

QFrame[role="bar"] {{ background: {c["bar"]}; border: 0; }}
QFrame[role="bar"] QLabel {{ color: {c["bar_ink"]}; }}
QFrame[role="bar"] QLabel[role="brand"] {{ font-size: {px(18)}px; font-weight: 700; }}
QFrame[role="bar"] QPushButton {{ background: transparent; color: {c["bar_ink"]}; border: 1px solid {c["bar_line"]};
  border-radius: {px(10)}px; padding: {gap(4)}px {gap(12)}px; min-height: {px(18)}px; font-weight: 400; }}
QFrame[role="bar"] QPushButton:hover {{ background: {c["bar_field"]}; }}
QFrame[role="bar"] QPushButton:focus {{ border: 2px solid {c["bar_ink"]}; padding: {gap(4) - 1}px {gap(12) - 1}px; }}
QFrame[role="bar"] QPushButton[role="search"] {{ background: {c["bar_field"]}; border-radius: {px(8)}px;
  text-align: left; }}
QFrame[role="bar"] QPushButton::menu-indicator {{ image: none; width: 0; }}

QPushButton {{ background: {c["card"]}; color: {c["action"]}; border: 1px solid {c["action"]}; font-weight: 600;
  border-radius: {px(8)}px; padding: {gap(6)}px {gap(14)}px; min-height: {px(20)}px; }}
QPushButton:hover {{ background: {c["hover"]}; }}
QPushButton:focus {{ border: 2px solid {c["focus"]}; padding: {gap(6) - 1}px {gap(14) - 1}px; }}
QPushButton:disabled {{ color: {c["grey"]}; border-color: {c["line"]}; }}
QPushButton[role="primary"] {{ background: {c["action"]}; color: {c["action_ink"]}; border: 1px solid {c["action"]}; }}
QPushButton[role="primary"]:hover {{ background: {c["action_hover"]}; }}
QPushButton[role="primary"]:focus {{ border: 2px solid {c["ink"]}; }}
QPushButton[role="primary"]:disabled {{ background: {c["hover"]}; color: {c["grey"]}; border-color: {c["line"]}; }}
QPushButton[role="danger"] {{ color: {c["danger"]}; border-color: {c["danger"]}; }}
QPushButton[role="quiet"] {{ border: 1px solid transparent; padding: {gap(4)}px {gap(8)}px; text-align: left; }}
QPushButton[role="quiet"]:hover {{ background: {c["hover"]}; }}
QPushButton[role="quiet"]:focus {{ border: 2px solid {c["focus"]}; padding: {gap(4) - 1}px {gap(8) - 1}px; }}
QPushButton[role="segment"] {{ border: 1px solid {c["line"]}; color: {c["grey"]}; font-weight: 400;
  border-radius: {px(10)}px; padding: {gap(3)}px {gap(10)}px; }}
QPushButton[role="segment"]:checked {{ background: {c["selected"]}; color: {c["selected_ink"]}; font-weight: 600;
  border-color: {c["action"]}; }}
QPushButton[role="segment"]:focus {{ border: 2px solid {c["focus"]}; padding: {gap(3) - 1}px {gap(10) - 1}px; }}

QLineEdit, QComboBox, QPlainTextEdit {{ background: {c["card"]}; border: 1px solid {c["control"]};
  border-radius: {px(8)}px; padding: {gap(6)}px {gap(10)}px; min-height: {px(20)}px; color: {c["ink"]};
  selection-background-color: {c["action"]}; selection-color: {c["action_ink"]}; }}
QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus {{ border: 2px solid {c["focus"]};
  padding: {gap(6) - 1}px {gap(10) - 1}px; }}
QLineEdit, QPlainTextEdit {{ placeholder-text-color: {c["grey"]}; }}
QLineEdit[role="large"] {{ font-size: {px(16)}px; padding: {gap(9)}px {gap(12)}px; }}
QLineEdit[role="large"]:focus {{ padding: {gap(9) - 1}px {gap(12) - 1}px; }}
QComboBox {{ padding-right: {gap(26)}px; }}
QComboBox::drop-down {{ width: {px(24)}px; border: 0; }}
QComboBox::down-arrow {{ image: none; width: 0; height: 0; border-left: {px(4)}px solid {c["card"]};
  border-right: {px(4)}px solid {c["card"]}; border-top: {px(5)}px solid {c["grey"]}; }}
QComboBox QAbstractItemView {{ background: {c["card"]}; border: 1px solid {c["control"]}; padding: {gap(4)}px;
  selection-background-color: {c["selected"]}; selection-color: {c["selected_ink"]}; outline: 0; }}
QComboBox QAbstractItemView::item {{ min-height: {px(28)}px; }}

QRadioButton, QCheckBox {{ spacing: {px(8)}px; padding: {gap(4)}px; border: 1px solid transparent;
  border-radius: {px(6)}px; }}
QRadioButton:focus, QCheckBox:focus {{ border: 2px solid {c["focus"]}; padding: {gap(4) - 1}px; }}
QRadioButton::indicator, QCheckBox::indicator, QListView::indicator {{ width: {px(16)}px; height: {px(16)}px;
  border: 2px solid {c["control"]}; background: {c["card"]}; }}
QRadioButton::indicator {{ border-radius: {px(8) + 2}px; }}
QCheckBox::indicator, QListView::indicator {{ border-radius: {px(4)}px; }}
QRadioButton::indicator:checked {{ border: {px(5) + 1}px solid {c["action"]}; width: {px(16) - 2 * (px(5) - 1)}px;
  height: {px(16) - 2 * (px(5) - 1)}px; }}
QCheckBox::indicator:checked, QListView::indicator:checked {{ background: {c["action"]}; border-color: {c["action"]};
  image: url("{_tick(look)}"); }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {c["grey"]}; }}
QCheckBox::indicator:checked:disabled {{ background: {c["grey"]}; border-color: {c["grey"]}; }}

QAbstractItemView {{ background: {c["card"]}; border: 0; outline: 0; color: {c["ink"]}; }}
QListWidget, QListView[role="found"] {{ background: {c["card"]}; border: 1px solid {c["control"]};
  border-radius: {px(8)}px; }}
QListWidget:focus {{ border: 2px solid {c["focus"]}; }}
QListWidget::item:selected {{ background: {c["selected"]}; color: {c["selected_ink"]}; }}
QListWidget::item {{ padding: {px(5)}px {gap(4)}px; }}
QHeaderView {{ background: {c["card"]}; border: 0; }}
QHeaderView::section {{ background: {c["card"]}; color: {c["grey"]}; border: 0; font-weight: 600;
  border-bottom: 1px solid {c["control"]}; padding: {gap(6)}px {gap(8)}px; font-size: {px(13)}px; }}
QHeaderView::down-arrow, QHeaderView::up-arrow {{ width: 0; height: 0; image: none; }}

QMenu {{ background: {c["card"]}; border: 1px solid {c["control"]}; padding: {gap(6)}px; }}
QMenu::item {{ padding: {gap(6)}px {gap(28)}px {gap(6)}px {gap(24)}px; border-radius: {px(4)}px; }}
QMenu::item:selected {{ background: {c["selected"]}; color: {c["selected_ink"]}; }}
QMenu::item:disabled {{ color: {c["grey"]}; }}
QMenu::separator {{ height: 1px; background: {c["line"]}; margin: {px(4)}px {px(8)}px; }}

QProgressBar {{ background: {c["hover"]}; border: 1px solid {c["line"]}; border-radius: {px(6)}px;
  min-height: {px(12)}px; max-height: {px(12)}px; }}
QProgressBar::chunk {{ background: {c["action"]}; border-radius: {px(5)}px; }}
QSplitter::handle {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: {px(10)}px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: {px(10)}px; margin: 0; }}
QScrollBar::handle {{ background: {c["control"]}; border-radius: {px(2)}px; min-height: {px(28)}px;
  min-width: {px(28)}px; margin: {px(3)}px; }}
QScrollBar::handle:hover {{ background: {c["grey"]}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
{my_sheet(look)}"""
