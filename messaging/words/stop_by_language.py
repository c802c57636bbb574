"""STOP in every language a practice may add to English and Spanish: whole messages, one row per language.

`STOP`: the plain imperative and the word for leaving a list, which say nothing else when they stand alone.
`PAUSE`: words that may be meant so and may not (cancel, wait, enough, stand still, or letters without their
marks): a person decides.

Sources: Wiktionary's translation tables of "stop" (cease) and "unsubscribe"; Unicode CLDR's spelling of each
language; what operators have people send (退订 and TD in China, 수신거부 in Korea, 配信停止 in Japan,
ОТПИСАТЬСЯ in Russia, SAIR in Brazil, إلغاء in the Gulf, لغو in Iran, HUY in Vietnam, ยกเลิก in Thailand).
Those of the last kind that also cancel a visit stand under PAUSE.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

STOP: Final[Mapping[str, tuple[str, ...]]] = {
    "am": ("አቁም", "አቁሚ", "አቁሙ"),
    "ar": (
        "قف", "توقف", "توقفوا", "أوقف", "اوقف", "أوقفوا", "اوقفوا", "إيقاف", "ايقاف",
        "إلغاء الاشتراك", "الغاء الاشتراك",
    ),
    "bn": ("থামুন", "থামো", "থামান", "বন্ধ করুন", "বন্ধ করো"),
    "de": ("STOPP", "HALT", "AUFHÖREN", "ABBESTELLEN", "ABMELDEN"),
    "fa": ("توقف", "ایست", "متوقف کنید", "متوقف کن", "لغو عضویت", "لغو اشتراک"),
    "fil": ("TIGIL", "ITIGIL", "TUMIGIL", "HINTO", "IHINTO"),
    "fr": ("ARRÊT", "ARRÊTE", "ARRÊTEZ", "ARRÊTER", "DÉSABONNER", "SE DÉSABONNER", "DÉSINSCRIRE"),
    "hi": ("रोको", "रोकें", "रोकिए", "बंद करो", "बंद करें", "बंद कीजिए", "बन्द करो", "बन्द करें", "स्टॉप"),
    "ht": ("SISPANN", "ARETE", "DEZABONE"),
    "ja": (
        "停止", "配信停止", "配信解除", "ストップ", "やめて", "やめてください", "止めて", "止めてください",
    ),
    "km": ("ឈប់", "បញ្ឈប់"),
    "ko": ("중지", "정지", "그만", "그만하세요", "멈춰", "멈추세요", "수신거부", "수신 거부", "스톱"),
    "lo": ("ຢຸດ", "ຢຸດເຊົາ"),
    "my": ("ရပ်", "ရပ်ပါ", "ရပ်တန့်ပါ"),
    "ne": ("रोक्नुहोस्", "बन्द गर्नुहोस्", "बन्द गर"),
    "om": ("DHAABI", "DHAABAA"),
    "pa": ("ਰੋਕੋ", "ਬੰਦ ਕਰੋ"),
    "ps": ("ودرېږه", "ودرېږئ", "ودروه", "ودروئ"),
    "pt": ("PARE", "PARAR", "PAREM", "SAIR", "DESCADASTRAR", "DESINSCREVER", "CANCELAR INSCRIÇÃO"),
    "ru": (
        "СТОП", "ОСТАНОВИТЬ", "ОСТАНОВИТЕ", "ПРЕКРАТИТЬ", "ПРЕКРАТИТЕ", "ОТПИСАТЬСЯ", "ОТПИСАТЬ",
        "ОТПИШИТЕ", "ОТПИСКА",
    ),
    "so": ("JOOJI", "JOOJIYA"),
    "sw": ("ACHENI", "SITISHA", "SIMAMISHA"),
    "th": ("หยุด", "หยุดส่ง"),
    "ti": ("ኣቋርጽ", "ኣቋርጹ"),
    "uk": (
        "СТОП", "ЗУПИНИТИ", "ЗУПИНІТЬ", "ПРИПИНИТИ", "ПРИПИНІТЬ", "ВІДПИСАТИСЯ", "ВІДПИСАТИСЬ",
        "ВІДПИШІТЬ", "ВІДПИСКА",
    ),
    "ur": ("روکو", "روکیں", "بند کرو", "بند کریں"),
    "vi": ("DỪNG", "DỪNG LẠI", "NGỪNG", "NGƯNG", "HỦY ĐĂNG KÝ", "HUỶ ĐĂNG KÝ"),
    "zh": (
        "停止", "停", "退订", "退訂", "取消订阅", "取消訂閱", "停止发送", "停止發送", "停止接收",
    ),
}  # fmt: skip
PAUSE: Final[Mapping[str, tuple[str, ...]]] = {
    "am": ("ቁም", "ይቅር", "ሰርዝ", "በቃ"),
    "ar": ("إلغاء", "الغاء", "كفى", "خلاص"),
    "bn": ("বন্ধ", "বাতিল", "বাতিল করুন"),
    "de": ("HÖR AUF", "HÖREN SIE AUF", "STORNIEREN", "ABSAGEN", "KÜNDIGEN", "ENDE"),
    "fa": ("لغو", "لغو ۱۱", "لغو۱۱", "بس", "بس کنید"),
    "fil": ("TAMA NA", "KANSELAHIN"),
    "fr": ("ANNULER", "ANNULEZ", "ASSEZ", "ÇA SUFFIT"),
    "hi": ("रुको", "रुकें", "रुकिए", "बंद", "बस", "रद्द करें", "BAND KARO"),
    "ht": ("RETE", "KANPE", "ANILE", "ASE"),
    "ja": ("中止", "解除", "解約", "キャンセル"),
    "km": ("បោះបង់", "លុបចោល"),
    "ko": ("취소", "해지", "거부"),
    "lo": ("ຍົກເລີກ", "ພໍແລ້ວ"),
    "my": ("ပယ်ဖျက်", "ပယ်ဖျက်ပါ", "တော်ပြီ"),
    "ne": ("रोक", "बन्द", "रद्द", "रद्द गर्नुहोस्", "पुग्यो"),
    "om": ("DHAABADHU", "HAQI", "GAHA"),
    "pa": ("ਰੁਕੋ", "ਬੰਦ", "ਬੱਸ", "ਰੱਦ ਕਰੋ"),
    "ps": ("بند کړئ", "بند کړه", "لغوه", "بس"),
    "pt": ("REMOVER", "CHEGA", "BASTA"),
    "ru": ("ОТМЕНА", "ОТМЕНИТЬ", "ОТКАЗ", "ХВАТИТ", "КОНЕЦ"),
    "so": ("JOOGSO", "ISTAAG", "KA BAX", "KANSAL"),
    "sw": ("ACHA", "SIMAMA", "ONDOA", "JITOE", "JIONDOE", "GHAIRI", "BASI"),
    "th": ("ยกเลิก", "เลิก", "พอแล้ว"),
    "ti": ("ኣቁም", "ኣቁሙ", "ደው በል", "ጠጠው በል", "ይኣክል"),
    "uk": ("СКАСУВАТИ", "ВІДМОВА", "ДОСИТЬ", "КІНЕЦЬ"),
    "ur": ("رکو", "رکیں", "رک جاؤ", "بند", "بس", "منسوخ", "منسوخ کریں"),
    "vi": ("HỦY", "HUỶ", "HUY", "THÔI", "TỪ CHỐI", "DUNG LAI", "NGUNG"),
    "zh": ("取消", "不要", "不要发了", "不要發了", "别发了", "別發了", "够了", "夠了"),
}  # fmt: skip
#: What people put before or after such a word; with it a person is called.
PLEASE: Final = (
    "እባክህ", "እባክሽ", "እባክዎ", "من فضلك", "من فضلكم", "رجاء", "দয়া করে", "bitte", "لطفا", "لطفاً", "pakiusap",
    "svp", "s'il vous plaît", "s'il te plaît", "कृपया", "silvouplè", "お願いします", "សូម", "제발", "ກະລຸນາ",
    "ကျေးဇူးပြု၍", "maaloo", "ਕਿਰਪਾ ਕਰਕੇ", "مهرباني وکړئ", "por favor", "пожалуйста", "fadlan", "tafadhali",
    "กรุณา", "โปรด", "በጃኻ", "በጃኺ", "будь ласка", "براہ کرم", "برائے مہربانی", "xin", "làm ơn", "vui lòng",
    "请", "請", "please",
)  # fmt: skip
