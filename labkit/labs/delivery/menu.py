"""Who orders what, and where to: invented people and restaurants, with dishes and prices as usual.

The text is as awkward as real text is: Korean, accents, ampersands, quotes and apostrophes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Restaurant:
    """A restaurant and its menu: dish to price in KRW."""

    name: str
    menu: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Person:
    """An invented customer; the street names are invented too."""

    name: str
    address: str


RESTAURANTS = (
    Restaurant(
        "마포 떡볶이 연구소",
        (
            ("떡볶이", 5500),
            ("로제 떡볶이", 7500),
            ("모둠 튀김", 6000),
            ("찹쌀 순대", 5000),
            ("꼬마김밥 & 어묵 세트", 8000),
        ),
    ),
    Restaurant(
        "Harbour & Sons 이태원",
        (
            ("Fish & Chips", 17900),
            ("Mac & Cheese", 12500),
            ('Sunday Roast "Family"', 42000),
            ("Mushy Peas", 4500),
        ),
    ),
    Restaurant(
        "할머니 김치찌개",
        (
            ("김치찌개", 9000),
            ("된장찌개", 9000),
            ("제육볶음", 11000),
            ("계란말이", 8000),
            ("공깃밥", 1000),
        ),
    ),
    Restaurant(
        "바삭치킨 & 호프",
        (
            ("후라이드 치킨", 19000),
            ("양념 치킨", 20000),
            ("반반 치킨 (후라이드 & 양념)", 20000),
            ("치즈볼 5개", 6000),
            ("콜라 1.25L", 2500),
        ),
    ),
    Restaurant(
        "면사무소",
        (
            ("물냉면", 11000),
            ("비빔냉면", 11000),
            ("왕만두", 7000),
            ("짜장면", 7000),
            ("탕수육 (소)", 18000),
        ),
    ),
    Restaurant(
        "비빔밥 정원",
        (
            ("돌솥비빔밥", 11500),
            ("불고기 덮밥", 12000),
            ("해물파전", 16000),
            ("식혜", 3000),
        ),
    ),
)

PEOPLE = (
    Person("김하늘", "서울 마포구 연남동 가상로 12, 302호"),
    Person("이서준", "서울 관악구 봉천동 은하수길 7, 101호"),
    Person("박지우", "서울 성동구 성수동 구름다리길 33, 5층"),
    Person("최도윤", "서울 강남구 역삼동 별빛로 204, 1503호"),
    Person("정수아", "서울 종로구 부암동 무지개길 5"),
    Person("한예린", "서울 송파구 잠실동 달나라로 88, 2201호"),
    Person("오민재", "부산 해운대구 우동 파도길 19, 704호"),
    Person("윤채원", "제주 제주시 애월읍 노을길 61"),
    Person("Amélie Dubois", "12 Imaginary-ro, Yongsan-gu, Seoul (Itaewon)"),
    Person("Tariq O'Neill", "3F, 40 Moonlight-gil, Mapo-gu, Seoul"),
    Person("Nguyễn Thị Mai", "서울 구로구 대림동 물결로 27, 지하 1층"),
    Person("田中 ひかり", "서울 용산구 이촌동 새벽길 9, 803호"),
)

NOTES = (
    "",
    "",
    "문 앞에 두고 벨 눌러 주세요",
    '맵기 단계: "보통"',
    "젓가락 & 숟가락 빼 주세요",
    "Extra pickles & no onions, please",
    "아기가 자고 있어요. 노크만 부탁드려요 🙏",
    "Ring twice = delivery; +1 ketchup",
)
