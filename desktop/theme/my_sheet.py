"""The part of the style sheet for the person's own screens: larger words, tabs, choices with words, big targets."""

from __future__ import annotations

from desktop.theme.tokens import Look


def my_sheet(look: Look) -> str:
    """The rules for widgets inside `[role="mine"]`; with `[easy="true"]` larger again."""
    c, px, gap = look.colours, look.px, look.gap
    return f"""
[role="mine"] QLabel[role="body"], [role="mine"] QLabel[role="strong"] {{ font-size: {px(15)}px; }}
[role="mine"] QLabel[role="secondary"] {{ font-size: {px(14)}px; }}
[role="mine"] QPushButton {{ font-size: {px(15)}px; min-height: {px(26)}px; }}
[role="mine"] QLineEdit, [role="mine"] QComboBox {{ font-size: {px(15)}px; min-height: {px(26)}px; }}
[role="mine"] QPlainTextEdit {{ font-size: {px(15)}px; }}
[role="mine"] QLineEdit[readOnly="true"], [role="mine"] QPlainTextEdit[readOnly="true"] {{
  background: {c["hover"]}; border-color: {c["line"]}; }}
[easy="true"] QPlainTextEdit {{ font-size: {px(18)}px; }}
[role="mine"] QPushButton[role="tab"] {{ border: 0; border-bottom: {px(3)}px solid transparent; border-radius: 0;
  background: transparent; color: {c["grey"]}; padding: {gap(8)}px {gap(4)}px; }}
[role="mine"] QPushButton[role="tab"]:checked {{ color: {c["ink"]}; border-bottom-color: {c["action"]}; }}
[role="mine"] QPushButton[role="tab"]:focus {{ border: 2px solid {c["focus"]}; border-radius: {px(6)}px;
  padding: {gap(8) - 2}px {gap(4) - 2}px; }}
[role="mine"] QPushButton[role="worker"] {{ text-align: left; border: 1px solid transparent; color: {c["ink"]};
  font-weight: 400; background: transparent; padding: {gap(5)}px {gap(10)}px; }}
[role="mine"] QPushButton[role="worker"]:hover {{ background: {c["hover"]}; }}
[role="mine"] QPushButton[role="worker"]:checked {{ background: {c["selected"]}; color: {c["selected_ink"]};
  border: 1px solid {c["action"]}; }}
[role="mine"] QPushButton[role="worker"]:focus {{ border: 2px solid {c["focus"]};
  padding: {gap(5) - 1}px {gap(10) - 1}px; }}
[role="mine"] QPushButton[role="choice"] {{ border: 1px solid {c["control"]}; color: {c["ink"]}; font-weight: 400;
  background: {c["card"]}; border-radius: {px(14)}px; padding: {gap(3)}px {gap(12)}px; }}
[role="mine"] QPushButton[role="choice"]:hover {{ background: {c["hover"]}; }}
[role="mine"] QPushButton[role="choice"]:checked {{ background: {c["selected"]};
  color: {c["selected_ink"]}; border: 2px solid {c["action"]}; padding: {gap(3) - 1}px {gap(12) - 1}px; }}
[role="mine"] QPushButton[role="choice"][tone="on"]:checked {{ background: {c["good_back"]}; color: {c["good"]};
  border-color: {c["good"]}; }}
[role="mine"] QPushButton[role="choice"][tone="off"]:checked {{ background: {c["danger_back"]}; color: {c["danger"]};
  border-color: {c["danger"]}; }}
[role="mine"] QPushButton[role="choice"][tone="ask"]:checked {{ background: {c["warning_back"]};
  color: {c["warning"]}; border-color: {c["warning"]}; }}
[role="mine"] QPushButton[role="choice"]:focus {{ border: 2px solid {c["focus"]};
  padding: {gap(3) - 1}px {gap(12) - 1}px; }}
[role="mine"] QFrame[role="changed"] {{ background: {c["warning_back"]}; border-radius: {px(8)}px;
  border: 1px solid {c["warning"]}; }}
[role="mine"] QListWidget {{ font-size: {px(15)}px; }}
[role="mine"] QListWidget::item {{ padding: {gap(7)}px {gap(8)}px; }}
QFrame[role="footer"] {{ background: {c["card"]}; border: 0; border-top: 2px solid {c["action"]}; }}
QFrame[role="preview"] {{ background: {c["violet"]}; border: 0; }}
QFrame[role="preview"] QLabel {{ color: {c["card"]}; font-size: {px(15)}px; }}
QFrame[role="previewframe"] {{ border: {px(6)}px solid {c["violet"]}; background: {c["page"]}; }}
QFrame[role="previewframe"][tone="draft"] {{ border-style: dashed; }}
[easy="true"] QLabel[role="body"], [easy="true"] QLabel[role="strong"] {{ font-size: {px(18)}px; }}
[easy="true"] QLabel[role="secondary"], [easy="true"] QLabel[role="lead"] {{ font-size: {px(18)}px;
  color: {c["ink"]}; }}
[easy="true"] QLabel[role="caption"], [easy="true"] QLabel[role="tag"] {{ font-size: {px(16)}px; }}
[easy="true"] QListWidget {{ font-size: {px(18)}px; }}
[easy="true"] QLabel[role="cardtitle"] {{ font-size: {px(20)}px; }}
[easy="true"] QLabel[role="heading"] {{ font-size: {px(22)}px; }}
[easy="true"] QLabel[role="title"] {{ font-size: {px(26)}px; }}
[easy="true"] QPushButton, [easy="true"] QLineEdit, [easy="true"] QComboBox {{ font-size: {px(18)}px;
  min-height: {px(36)}px; }}
[role="mine"] QPushButton::menu-indicator {{ image: none; width: 0; }}
[easy="true"] QMenu {{ font-size: {px(18)}px; }}
[easy="true"] QPushButton[role="worker"] {{ border: 1px solid {c["control"]}; background: {c["card"]}; }}
"""
