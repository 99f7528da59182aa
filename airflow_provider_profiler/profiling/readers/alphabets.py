"""Letters of the languages that tables are published in, and the codecs that have them.

Letters stand in the order of how often they are written. For languages in Latin script they are those beyond ASCII:
the others are the same in every codec and tell nothing.
"""

from dataclasses import dataclass
from functools import cached_property
from math import exp, log

#: Codecs that tables are published in, and how much less common they are than the first: a natural logarithm.
CODECS = {
    **{"cp1252": 0.0, "iso8859_15": 1.0, "cp1250": 2.0, "cp1251": 2.0, "cp1253": 2.0, "iso8859_7": 2.2},
    **{"cp1254": 3.0, "cp1257": 3.0, "iso8859_2": 3.0, "cp1255": 3.0, "cp1256": 3.0, "koi8_r": 3.5, "koi8_u": 4.0},
    **{"cp850": 5.5, "cp852": 6.0, "cp437": 6.0, "mac_roman": 6.0, "cp866": 5.0, "cp737": 6.0, "iso8859_5": 6.0},
    **{"iso8859_6": 6.0},
    **{"gb18030": 3.0, "big5": 3.5, "cp932": 3.0, "euc_jp": 4.0, "euc_kr": 3.0},
}
#: Codecs in which a character may have several bytes, so that the bytes of a word tell nothing of where it ends.
WIDE_CODECS = ("gb18030", "big5", "cp932", "euc_jp", "euc_kr")
#: Letters become rarer by this factor from the first to the last.
_RANGE = 3.5
#: What a letter costs that its language does not have: names of people and places have them.
_FOREIGN = -9.0


@dataclass(frozen=True)
class Alphabet:
    """How often a language writes its letters."""

    letters: str
    rarity: float = 0.0
    """What each letter costs more than in one language: for mixtures of several."""
    languages: frozenset[str] = frozenset()
    """Codes of those that it belongs to."""

    @cached_property
    def _logarithms(self) -> dict[str, float]:
        weights = [exp(-_RANGE * index / len(self.letters)) for index in range(len(self.letters))]
        whole = sum(weights)
        return {letter: log(weight / whole) - self.rarity for letter, weight in zip(self.letters, weights, strict=True)}

    def logarithm(self, letter: str) -> float:
        """The natural logarithm of the share that a small letter has among those of the language."""
        return self._logarithms.get(letter, _FOREIGN)


#: By the languages that write them: letters.
_LANGUAGES = {
    "fr": "éèàêçôûîùâëœïüæÿ",
    "de": "üäößé",
    "es gl eu": "óíáéñúü",
    "pt gl": "ãçéáíóêõúâàôü",
    "it": "àèòùéìîó",
    "ca": "çàéèóíòúïü",
    "nl": "éëïèöüê",
    "sv fi": "äöåéü",
    "da no": "øåæéöäü",
    "is": "áðíþóéöúæý",
    "tr az": "ışğüöçİâîû",
    "pl": "łąężśćóńź",
    "cs": "íáěčéřžšýůúťňóďö",
    "sk": "áíčéšžýúľťôňóďäĺŕ",
    "hu": "áéöóőíüúű",
    "ro": "ăîâșțşţ",
    "hr sl sr bs": "čšžćđ",
    "sq": "ëç",
    "lt": "ėšųįžūčąę",
    "lv": "āīēšūņļžčģķ",
    "et": "äõüöšž",
    "el": "αοτιενσηρυπκςμλίόάέδγήωχύθφώβξζψϊϋΐΰ",
    "ru be": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "uk be": "оанівиетрслкудмпзяьбгйчхцюїжєшщфґ",
    "bg mk": "аиоентрсвлпкмъдзуягбчйщжцхшюфь",
    "sr mk": "аоиенртсвдуклмпјзгбчљшцњжћхђџф",
    "he": "יוהלארתבשמנםדעחקפסטגצכזןךףץ",
    "ar fa ur": "اليمنورتهبعدسفكقحأةجشطصخضذثزىئءغظإآؤچپگژ",
}
#: Those of each language, and of names from all over the West.
ALPHABETS = (
    *(Alphabet(letters, languages=frozenset(codes.split())) for codes, letters in _LANGUAGES.items()),
    Alphabet("éáüöäóíñçèåøãêôæâëúïìòàùîûýõðþœšžÿ", rarity=2.0),
)

#: Characters that stand for words, as often as tables and prose have them: of mainland China, Taiwan, Japan.
COMMON_CHARACTERS = {
    "gb18030": frozenset(
        "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道"
        "行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
        "县市区省路号名称址电话价金额数据量总计编类型日期月城北京海广东州江南西山河湖安民公司业务局院校医园街村镇"
        "单位说明备注性别姓长高度经纬线站点口元万机关社产品费率第二三四五六七八九十水火车房林华新"
        "亚尼斯利兰拉里克罗马达巴尔伊特德加维卡纳乌瓦萨圣群岛共布诺坦比基阿尼圭卢几英法韩印俄语星期元币"
    ),
    "big5": frozenset(
        "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道"
        "行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實"
        "縣市區省路號名稱址電話價金額數據資料量總計編類型日期月城北京海廣東州江南西山河湖安民公司業務局院校醫園街村鎮鄉"
        "單位說明備註性別姓長高度經緯線站點口元萬機關社產品費率第二三四五六七八九十水火車房林華新臺灣雄"
        "亞尼斯利蘭拉里克羅馬達巴爾伊特德加維卡納烏瓦薩聖群島共布諾坦比基阿圭盧幾英法韓印俄語星期幣"
    ),
    "cp932": frozenset(
        "日一国人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半"
        "男西電校語土木聞食車何南万毎白天母火右読友左休父雨市町村区県都府道所在地番号氏会社施設料数量計合度平成令和緯経"
        "備考類別単位称種京阪屋古口世帯事業業務民用者方法分同公園館場駅線路住所郵便産的理物定主員部化性内現立手力自動発"
        "病院価格付横浜札幌仙広島福岡備考額曜祝税込庫店舗型状態有無不可済未明説称送受付担当者名簿"
    ),
}
#: The commoner half of the syllables of Japanese, and of Korean, three quarters of what is written.
COMMON_SYLLABLES = frozenset(
    "ーンスルトリアイラクシレドロマタコカッフジサニテバプのにはをたがでてとしれさいるなりますこ"
    "이다의는에가을를하고기도사지대로한시인나아서어자정과리수부일동해전주국장제상은보구들여원공중소연"
    "면조그비경모있라유년만간선성교역군적산오내당위방신무학분개문관생민마거등금화재영계번호명천월세용물미시스"
    "트르드래진안행업요실결회강북남광울치회류택설단체종메코타레프크니카바디라파하노키루토베데러차후말표력책진건"
)
COMMON_CHARACTERS["euc_jp"] = COMMON_CHARACTERS["cp932"]
