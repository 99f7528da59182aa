"""Words as they stand in the headers and cells of tables, by language, all with letters beyond ASCII."""

import random

_WORDS = {
    "fr": "numéro,libellé,année,région,département,français,élève,hôpital,forêt,août,décès,température,"
    "école,société,où,créé,à côté,règle,Nîmes,Saint-Étienne,catégorie,quantité,réf.,été,Noël,maïs,"
    "cœur,reçu",
    "de": "Größe,Straße,Höhe,Länge,Träger,Prüfung,Zuständigkeit,München,Köln,Düsseldorf,Übersicht,Ärzte,"
    "Öffnung,Gemüse,jährlich,täglich,Schlüssel,Fläche,Bevölkerung,für,über,Käufer,Maß,Gebäude,"
    "Verfügbarkeit,Schüler",
    "es": "dirección,descripción,teléfono,año,código,categoría,España,niño,corazón,público,número,día,"
    "también,población,Málaga,Córdoba,León,señal,mañana,artículo,índice,económico,gestión,según,"
    "precio único,pingüino",
    "pl": "województwo śląskie,Łódź,Kraków,miejscowość,część,źródło,liczba mieszkańców,powiat żywiecki,"
    "gęstość,żółty,książka,ćwiczenie,październik,środa,płeć,wartość,ilość,główny,mężczyzna,"
    "właściciel,święto,później,wysokość,imię,długość,północ",
    "cs": "město,číslo,Plzeň,muž,žena,příjmení,jméno,směr,výška,šířka,délka,ulice Dlouhá,Jižní Čechy,počet,"
    "měsíc,září,říjen,květen,týden,den a čas,škola,účet,částka,žádost,třída,městská část,důvod,řeka",
    "hu": "név,megnevezés,cím,település,Győr,Pécs,szám,születési idő,összeg,időszak,összesen,év,hónap,"
    "működő,épület,főváros,számla,érték,mérőszám,gyűjtő,Békés,őszi,szűrő,tűz,köszönöm,könyv",
    "ru": "площадь,город,название,население,район,дата,сумма,код,адрес,улица,дом,Москва,Санкт-Петербург,"
    "количество,цена,телефон,область,школа,больница,год,месяц,широта,долгота,имя,фамилия,счёт",
    "bg": "община,област,населено място,брой,година,месец,София,Пловдив,улица,име,презиме,фамилия,адрес,"
    "училище,цена,стойност,дата,описание,код,вид,площ,жители,мъже,жени,общо,източник",
    "el": "Σταθμός,Έκταση,Πληθυσμός,Όνομα,Περιγραφή,Κωδικός,Άγιος,Επώνυμο,Δήμος,Διεύθυνση,Ημερομηνία,Ποσό,"
    "Τιμή,Έτος,Μήνας,Αθήνα,Θεσσαλονίκη,Πάτρα,Ηράκλειο,Νησί,Θερμοκρασία,Ύψος,Αριθμός,Σχολείο,Είδος,"
    "Σύνολο",
    "tr": "İstanbul,nüfus,ilçe,yıl,Ağrı,şehir,açıklama,müşteri,ürün,fiyatı,sipariş,değer,gün,öğrenci,"
    "sayısı,Diyarbakır,Eskişehir,çalışan,kadın,üniversite,bölge,köy,doğum tarihi,başlangıç,bitiş,"
    "yüzölçümü",
    "he": "עיר,שם,תאריך,רחוב,כתובת,מספר,טלפון,תיאור,ירושלים,תל אביב,חיפה,שנה,חודש,סכום,מחיר,כמות,אוכלוסייה,"
    "בית ספר,מחוז,קוד,סוג,משפחה,גובה,אורך,רוחב,מקור",
    "ar": "المدينة,الاسم,العنوان,التاريخ,الرقم,الهاتف,الوصف,القاهرة,بغداد,الرياض,السنة,الشهر,المبلغ,السعر,"
    "الكمية,السكان,المدرسة,المنطقة,الرمز,النوع,العائلة,الطول,العرض,المصدر,المجموع,الشارع",
    "ja": "都市,電話番号,データ,名前,住所,日付,金額,東京都,大阪府,横浜市,郵便番号,説明,人口,学校,病院,種類,"
    "合計,価格,数量,ひらがな,カタカナ,メールアドレス,コード,サイズ,年月日,備考",
    "zh-Hans": "城市,名称,地址,电话,日期,金额,数量,北京市,上海市,广州,人口,学校,医院,类型,合计,价格,编号,说明,"
    "备注,单位,年份,月份,街道,经度,纬度,公司名称",
    "zh-Hant": "縣市,名稱,地址,電話,日期,金額,數量,臺北市,高雄市,臺中,人口,學校,醫院,類型,合計,價格,編號,說明,"
    "備註,單位,年份,月份,街道,經度,緯度,公司名稱",
    "ko": "도시,이름,주소,전화번호,날짜,금액,수량,서울특별시,부산광역시,인구,학교,병원,종류,합계,가격,번호,"
    "설명,비고,단위,연도,시군구,도로명,위도,경도,회사명,우편번호",
}


def table_texts(language: str, codec: str, words: int, number: int) -> list[str]:
    """Small tables with so many different words, all of which the codec has."""
    known = [word for word in _WORDS[language].split(",") if _has(codec, word)]
    rng = random.Random(f"{language} {codec} {words}")
    return [";".join(rng.sample(known, words)) + "\r\n1;2;3\r\n4;5;6\r\n" for _ in range(number)]


def _has(codec: str, word: str) -> bool:
    try:
        word.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
