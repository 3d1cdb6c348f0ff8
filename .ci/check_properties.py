#!/usr/bin/env python3
"""Files full of properties, and whether the open set of a bundle is free of them.

    check_properties.py make OUT.zip     a chat with files that carry a name and a place
    check_properties.py check BAG        the copies show the same, and exiftool finds nothing in them

The pictures are made and compared by Pillow, so that no program of ours is believed.
"""

import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

from PIL import Image, ImageSequence, PngImagePlugin

SECRET = "Jessamy Planted"
# What the open set is to have of each file.
FILES = {
    "IMG-20240312-WA0001.jpg": "copy",
    "IMG-20240312-WA0002.jpg": "same",
    "IMG-20240312-WA0003.png": "copy",
    "STK-20240312-WA0004.webp": "copy",
    "IMG-20240312-WA0005.gif": "copy",
    "VID-20240312-WA0006.mp4": "copy",
    "PTT-20240312-WA0007.opus": "copy",
    "AUD-20240312-WA0008.mp3": "copy",
    "DOC-20240312-WA0009.docx": "copy",
    "DOC-20240312-WA0010.docx": "none",
    "DOC-20240312-WA0011.pdf": "none",
    "DOC-20240312-WA0012.txt": "same",
    "PTT-20240312-WA0013.wav": "copy",
}
# What exiftool tells of the form of a file, of how it is coded, and of how a photo is to be turned.
FORM = {"SourceFile", "ExifTool", "System", "File", "Composite", "JFIF", "GIF", "PNG", "PNG-pHYs", "RIFF", "Opus"}
TURNED = {"IFD0:Orientation", "IFD0:YCbCrPositioning"}
PARTS_OF_ZIP = ("ZIP:ZipRequiredVersion", "ZIP:ZipBitFlag", "ZIP:ZipCompression", "ZIP:ZipModifyDate",
                "ZIP:ZipCRC", "ZIP:ZipCompressedSize", "ZIP:ZipUncompressedSize", "ZIP:ZipFileName")


def picture():
    image = Image.new("RGB", (24, 16))
    image.putdata([(x * 10, y * 15, (x * y) % 256) for y in range(16) for x in range(24)])
    return image


def exif():
    data = Image.Exif()
    data[0x0112] = 6
    data[0x013B] = SECRET
    data[0x9003] = "2019:07:23 10:11:12"
    place = data.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (51.0, 30.0, 0.5), "W", (0.0, 7.0, 1.0)
    return data


def saved(image, form, **more):
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def atom(name, body):
    return struct.pack(">I", len(body) + 8) + name + body


def film():
    dated = bytes(4) + b"\x5d\x36\xdb\x77" * 2
    secret = SECRET.encode()
    handler = bytes(8) + b"vide" + bytes(12) + secret + b"\0"
    refers = atom(b"dinf", atom(b"dref", struct.pack(">II", 0, 1) + b"\0\0\0\x0curl \0\0\0\1"))
    table = atom(b"stbl", b"".join(atom(name, bytes(8)) for name in (b"stsd", b"stts", b"stsc", b"stco"))
                 + atom(b"stsz", bytes(12)))
    media = atom(b"mdia", atom(b"mdhd", dated + struct.pack(">II", 1000, 1000) + bytes(4))
                 + atom(b"hdlr", handler)
                 + atom(b"minf", atom(b"vmhd", bytes(12)) + refers + table))
    track = atom(b"trak", atom(b"tkhd", dated + bytes(72)) + media)
    head = atom(b"mvhd", dated + struct.pack(">IIIH", 1000, 1000, 0x10000, 0x100) + bytes(74))
    place = b"+51.5014-000.1419/"
    tags = atom(b"udta", atom(b"\xa9xyz", struct.pack(">HH", len(place), 0x15c7) + place)
                + atom(b"\xa9aut", struct.pack(">HH", len(secret), 0) + secret))
    return (atom(b"ftyp", b"mp42\0\0\0\0isommp42") + atom(b"moov", head + track + tags)
            + atom(b"mdat", b"the pictures of the film"))


def ogg_page(flags, number, packet):
    laces = [255] * (len(packet) // 255) + [len(packet) % 255]
    page = bytearray(b"OggS\0" + bytes([flags]) + bytes(8) + b"\1\2\3\4" + struct.pack("<II", number, 0)
                     + bytes([len(laces)]) + bytes(laces) + packet)
    page[22:26] = struct.pack("<I", ogg_sum(page))
    return bytes(page)


def ogg_sum(page):
    total = 0
    for byte in page:
        total ^= byte << 24
        for _ in range(8):
            total = ((total << 1) ^ (0x04C11DB7 if total >> 31 else 0)) & 0xFFFFFFFF
    return total


def voice_note():
    comment = f"ARTIST={SECRET}".encode()
    tags = b"OpusTags" + struct.pack("<I", 7) + b"libopus" + struct.pack("<II", 1, len(comment)) + comment
    head = b"OpusHead\1\1" + struct.pack("<HIhB", 312, 48000, 0, 0)
    return ogg_page(2, 0, head) + ogg_page(0, 1, tags) + ogg_page(4, 2, b"\xf8" + b"sound" * 70)


def song():
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    text = b"\x03" + SECRET.encode()
    tag = b"TPE1" + struct.pack(">I", len(text)) + bytes(2) + text
    old = b"TAG" + b"Title".ljust(30, b"\0") + SECRET.encode().ljust(30, b"\0") + bytes(65)
    return b"ID3\3\0\0\0\0\0" + bytes([len(tag)]) + tag + frame * 4 + old


def recording():
    artist = SECRET.encode() + b"\0"
    listed = b"INFOIART" + struct.pack("<I", len(artist)) + artist
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    body = (b"WAVEfmt " + struct.pack("<I", 16) + form + b"LIST" + struct.pack("<I", len(listed)) + listed
            + b"data" + struct.pack("<I", 8) + bytes(range(8)))
    return b"RIFF" + struct.pack("<I", len(body)) + body


def document(text):
    out = io.BytesIO()
    parts = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName='
        '"/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>',
        "_rels/.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="r1" Type="x/core-properties" Target="docProps/core.xml"/></Relationships>',
        "word/document.xml": text,
        "docProps/core.xml": f"<cp:coreProperties><dc:creator>{SECRET}</dc:creator></cp:coreProperties>",
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in parts.items():
            file.writestr(name, body)
        file.writestr("word/media/image1.jpeg", saved(picture(), "JPEG", exif=exif()))
    return out.getvalue()


def media():
    image = picture()
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", SECRET)
    texts.add_text("Comment", SECRET, zip=True)
    moving = [image, image.rotate(180)]
    return [
        saved(image, "JPEG", exif=exif(), comment=SECRET.encode(), quality=90) + SECRET.encode(),
        saved(image, "JPEG", quality=90),
        saved(image, "PNG", pnginfo=texts, exif=exif()),
        saved(image, "WEBP", lossless=True, exif=exif()),
        saved(moving[0], "GIF", save_all=True, append_images=moving[1:], comment=SECRET.encode(), loop=0),
        film(),
        voice_note(),
        song(),
        document("<w:document>What the document says.</w:document>"),
        document(f'<w:document><w:ins w:author="{SECRET}">What was added.</w:ins></w:document>'),
        f"%PDF-1.4\n1 0 obj<</Author({SECRET})>>endobj\ntrailer<</Info 1 0 R>>\n%%EOF\n".encode(),
        b"A list of what to bring, in plain words.\n",
        recording(),
    ]


def make(path):
    lines = [f"12/03/2024, 09:{at:02} - Owen Quill: {name} (file attached)" for at, name in enumerate(FILES)]
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("WhatsApp Chat with Quay pictures.txt", "\n".join(lines) + "\n")
        for name, body in zip(FILES, media()):
            out.writestr(name, body)


def told(path):
    """All that exiftool tells of a file, by group and name."""
    arguments = ["exiftool", "-json", "-G1", "-a", "-U", "-ee", "-api", "largefilesupport=1", str(path)]
    done = subprocess.run(arguments, capture_output=True, check=False, text=True)
    (row,) = json.loads(done.stdout)
    return row


def frames(body):
    return [(frame.convert("RGBA").tobytes(), frame.info.get("duration"))
            for frame in ImageSequence.Iterator(Image.open(io.BytesIO(body)))]


def same_content(name, master, copy):
    if name.endswith((".jpg", ".png", ".webp", ".gif")):
        return frames(master) == frames(copy)
    if name.endswith(".mp4"):
        return len(master) == len(copy) and master[master.index(b"mdat"):] == copy[copy.index(b"mdat"):]
    if name.endswith(".opus"):
        whole = all(ogg_sum(page[:22] + bytes(4) + page[26:]) == struct.unpack("<I", page[22:26])[0]
                    for page in (b"OggS" + rest for rest in copy.split(b"OggS")[1:]))
        return whole and master.split(b"OggS")[3] == copy.split(b"OggS")[3]
    if name.endswith(".mp3"):
        return copy == (b"\xff\xfb\x90\x00" + bytes(413)) * 4
    if name.endswith(".wav"):
        return copy.endswith(b"data" + struct.pack("<I", 8) + bytes(range(8)))
    if name.endswith(".docx"):
        old, new = (zipfile.ZipFile(io.BytesIO(body)) for body in (master, copy))
        return (new.testzip() is None and old.read("word/document.xml") == new.read("word/document.xml")
                and frames(old.read("word/media/image1.jpeg")) == frames(new.read("word/media/image1.jpeg"))
                and not any(one.startswith("docProps") for one in new.namelist()))
    return False


def faults(bag):
    rows = [json.loads(line) for line in (bag / "data/records/messages.jsonl").read_text("utf-8").splitlines()]
    files = [file for row in rows for file in row["attachments"] if file["name"] in FILES]
    if sorted(file["name"] for file in files) != sorted(FILES):
        yield "the bundle does not hold the files"
    for file in files:
        name, wanted = file["name"], FILES[file["name"]]
        master = bag / file["path"]
        stem, ending = file["path"].rsplit(".", 1)
        copy = bag / f"{stem}_R.{ending}"
        has = "copy" if file.get("open_path") else "none" if file.get("open_withheld") else "same"
        if has != wanted or copy.exists() != (wanted == "copy"):
            yield f"{name}: the open set has {has}, not {wanted}"
            continue
        if wanted == "none":
            continue
        here = told(copy if wanted == "copy" else master)
        if wanted == "copy":
            before, after = master.read_bytes(), copy.read_bytes()
            if SECRET not in json.dumps(told(master)) and not name.endswith((".docx", ".opus")):
                yield f"{name}: exiftool finds nothing in the master, so this proves nothing"
            if SECRET.encode() in after or not same_content(name, before, after):
                yield f"{name}: the copy shows something else, or still says who made it"
        words = json.dumps({key: value for key, value in here.items() if not key.startswith("System:")})
        if any(word in words for word in (SECRET, "2019", "51 deg", "51.5", "2053:")):
            yield f"{name}: exiftool finds properties: {words}"
        if name.endswith((".jpg", ".png", ".webp", ".gif")):
            odd = [key for key in here if key.split(":")[0] not in FORM and key not in TURNED]
            if odd:
                yield f"{name}: exiftool finds {odd}"


def main(act, path):
    if act == "make":
        make(path)
        return 0
    found = list(faults(Path(path)))
    for fault in found:
        print(f"FAILED  {fault}")
    if not found:
        print(f"{len(FILES)} files: what the open set has of them carries no properties and shows the same")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
