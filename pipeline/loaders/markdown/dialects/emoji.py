"""The emoji shortcodes that people write most, as GitHub and Slack name them."""

from __future__ import annotations

_TABLE = """
smile 😄 smiley 😃 grin 😁 laughing 😆 joy 😂 rofl 🤣 blush 😊
wink 😉 heart_eyes 😍 thinking 🤔 sunglasses 😎 cry 😢 sob 😭 angry 😠
scream 😱 heart ❤️ broken_heart 💔 +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎
clap 👏 wave 👋 pray 🙏 muscle 💪 point_right 👉 tada 🎉 sparkles ✨
star ⭐ fire 🔥 rocket 🚀 warning ⚠️ white_check_mark ✅ heavy_check_mark ✔️ x ❌
question ❓ exclamation ❗ bulb 💡 memo 📝 book 📖 books 📚 newspaper 📰
email 📧 envelope ✉️ link 🔗 calendar 📅 clock ⏰ eyes 👀 coffee ☕
sunny ☀️ rainbow 🌈 earth_americas 🌎 earth_africa 🌍 tree 🌳 seedling 🌱 gift 🎁
100 💯 bug 🐛 construction 🚧 lock 🔒
"""
_WORDS = _TABLE.split()
#: The characters by shortcode.
EMOJI = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
