"""Few words are enough to tell their codec: names of columns are often all that is beyond ASCII in a table."""

import pytest

from airflow_provider_profiler.profiling.readers.encoding import guessed_encodings


@pytest.mark.parametrize(
    ("codec", "header"),
    [
        ("cp1252", "numéro;libellé;élève;année de création;à côté;règle"),
        ("cp1252", "dirección;descripción;teléfono"),
        ("cp1252", "Größe;Zuständigkeit;Prüfung"),
        ("cp1252", "São Paulo;Zürich;Málaga;Århus"),
        ("iso8859_15", "Höhe;Träger [€];Straße"),
        ("cp1250", "Łódź;województwo;śląskie"),
        ("cp1250", "město;číslo;Plzeň;muž"),
        ("iso8859_2", "miejscowość;część;źródło;ąę"),
        ("cp1254", "İstanbul;nüfus;ilçe;yıl;Ağrı"),
        ("cp1257", "Šiauliai;skaičius;mėnuo;metų;įmonė"),
        ("cp1253", "Περιγραφή [€];Κωδικός;Άγιος;Επώνυμο"),
        ("iso8859_7", "Σταθμός;Έκταση;Πληθυσμός;Όνομα"),
        ("iso8859_7", "Δήμος;Περιγραφή"),
        ("cp1251", "площадь"),
        ("cp1251", "Код;Сумма"),
        ("koi8_r", "Район;Дата;площадь"),
        ("cp866", "Город;Название;Население"),
        ("cp850", "Übersicht;Größe;Straße;Höhe"),
        ("mac_roman", "département;créé;où;Nîmes;catégorie"),
        ("cp1255", "עיר;שם;תאריך;רחוב"),
        ("cp1256", "المدينة;الاسم;العنوان"),
        ("cp932", "都市;電話番号;データ;ひらがな"),
        ("euc_jp", "都市;電話番号;データ;ひらがな"),
        ("gb18030", "城市;名称;地址;电话"),
        ("big5", "縣市;名稱;地址;電話"),
        ("euc_kr", "도시;이름;주소;전화"),
    ],
)
def test_a_header_tells_the_codec(codec: str, header: str) -> None:
    content = (header + "\n1;2;3\n4;5;6\n").encode(codec)
    assert content.decode(next(guessed_encodings(content)).name) == header + "\n1;2;3\n4;5;6\n"


def test_signs_alone() -> None:
    content = "price,size\n€ 5,12 m²\n€ 7,20 °C\n".encode("cp1252")
    assert next(guessed_encodings(content)).name == "cp1252"


def test_what_no_language_explains_still_has_codecs() -> None:
    names = [encoding.name for encoding in guessed_encodings(bytes(range(0x80, 0x100)) * 3)]
    assert names[-1] == "iso8859-1"
