//! Small files of the kinds that chats carry, valid for the programs that open them.

use super::rng::Rng;

/// The bytes of a file of this name; `words` stand in a document or on a card.
pub fn file(name: &str, words: &str, rng: &mut Rng) -> Vec<u8> {
    let end = name.rsplit('.').next().unwrap_or_default();
    match end {
        "jpg" => jpeg(rng),
        "png" => png(rng),
        "opus" => opus(rng),
        "pdf" => pdf(words),
        "webp" => WEBP.to_vec(),
        "vcf" => card(words).into_bytes(),
        "txt" if words.starts_with("handover") => super::planted::handover().into(),
        _ => words.as_bytes().to_vec(),
    }
}

/// A sticker of one pixel.
const WEBP: &[u8] =
    b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";

fn card(name: &str) -> String {
    format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:;{name};;;\r\nFN:{name}\r\n\
         TEL;type=CELL;waid=447700900871:+44 7700 900871\r\nEND:VCARD\r\n"
    )
}

/// A grey picture of 20 by 15 blocks of 8 by 8 points: baseline JPEG, no detail inside a block.
fn jpeg(rng: &mut Rng) -> Vec<u8> {
    const WIDE: i32 = 20;
    const HIGH: i32 = 15;
    let mut out = vec![0xFF, 0xD8];
    out.extend_from_slice(b"\xFF\xE0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    out.extend_from_slice(b"\xFF\xDB\x00\x43\0");
    out.extend_from_slice(&[8; 64]);
    out.extend_from_slice(&[0xFF, 0xC0, 0, 11, 8, 0, 120, 0, 160, 1, 1, 0x11, 0]);
    // Lengths of the codes for the size of a difference: the usual table for brightness.
    out.extend_from_slice(b"\xFF\xC4\x00\x1F\x00\0\x01\x05\x01\x01\x01\x01\x01\x01\0\0\0\0\0\0\0");
    out.extend_from_slice(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    // One code, of one bit: "nothing more in this block".
    out.extend_from_slice(b"\xFF\xC4\x00\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    out.extend_from_slice(&[0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
    let (slope_x, slope_y) = (rng.between(-5, 5) as i32, rng.between(-6, 6) as i32);
    let mut bits = Bits::default();
    let mut before = 0_i32;
    for y in 0..HIGH {
        for x in 0..WIDE {
            let noise = rng.between(-6, 6) as i32;
            let level =
                ((x - WIDE / 2) * slope_x + (y - HIGH / 2) * slope_y + noise).clamp(-110, 110);
            let difference = level - before;
            before = level;
            let size = 32 - difference.unsigned_abs().leading_zeros();
            let (code, length) = match size {
                0 => (0b00, 2),
                1 => (0b010, 3),
                2 => (0b011, 3),
                3 => (0b100, 3),
                4 => (0b101, 3),
                5 => (0b110, 3),
                6 => (0b1110, 4),
                7 => (0b11110, 5),
                _ => (0b11_1110, 6),
            };
            bits.push(code, length);
            let written = if difference < 0 {
                difference + (1 << size) - 1
            } else {
                difference
            };
            bits.push(written.unsigned_abs(), size);
            bits.push(0, 1);
        }
    }
    out.extend_from_slice(&bits.finish());
    out.extend_from_slice(&[0xFF, 0xD9]);
    out
}

/// Bits of a JPEG's data: highest first, a zero byte after every 0xFF.
#[derive(Default)]
struct Bits {
    out: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, length: u32) {
        for at in (0..length).rev() {
            self.held = (self.held << 1) | ((value >> at) & 1);
            self.count += 1;
            if self.count == 8 {
                let byte = (self.held & 0xFF) as u8;
                self.out.push(byte);
                if byte == 0xFF {
                    self.out.push(0);
                }
                self.held = 0;
                self.count = 0;
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        while self.count != 0 {
            self.push(1, 1);
        }
        self.out
    }
}

/// A grey picture of 48 by 32 points.
fn png(rng: &mut Rng) -> Vec<u8> {
    let (wide, high) = (48_u32, 32_u32);
    let slope = rng.between(1, 5) as u32;
    let mut rows = Vec::new();
    for y in 0..high {
        rows.push(0);
        rows.extend((0..wide).map(|x| ((x * slope + y * 3) % 256) as u8));
    }
    let mut packed = vec![0x78, 0x01, 0x01];
    let length = rows.len() as u16;
    packed.extend_from_slice(&length.to_le_bytes());
    packed.extend_from_slice(&(!length).to_le_bytes());
    packed.extend_from_slice(&rows);
    packed.extend_from_slice(&adler(&rows).to_be_bytes());
    let mut head = Vec::new();
    head.extend_from_slice(&wide.to_be_bytes());
    head.extend_from_slice(&high.to_be_bytes());
    head.extend_from_slice(&[8, 0, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, body) in [(b"IHDR", head), (b"IDAT", packed), (b"IEND", Vec::new())] {
        out.extend_from_slice(&(body.len() as u32).to_be_bytes());
        let mut chunk = name.to_vec();
        chunk.extend_from_slice(&body);
        out.extend_from_slice(&chunk);
        out.extend_from_slice(&crc32(&chunk).to_be_bytes());
    }
    out
}

fn adler(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    (b << 16) | a
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// A voice message of silence: an Ogg file with Opus packets of 20 ms (RFC 7845).
fn opus(rng: &mut Rng) -> Vec<u8> {
    let packets = rng.between(50, 200) as u64;
    let mut head = b"OpusHead\x01\x01\x38\x01".to_vec();
    head.extend_from_slice(&16_000_u32.to_le_bytes());
    head.extend_from_slice(&[0, 0, 0]);
    let mut tags = b"OpusTags".to_vec();
    tags.extend_from_slice(&4_u32.to_le_bytes());
    tags.extend_from_slice(b"none");
    tags.extend_from_slice(&0_u32.to_le_bytes());
    let silence: Vec<Vec<u8>> = (0..packets).map(|_| vec![0xF8, 0xFF, 0xFE]).collect();
    let mut out = ogg_page(2, 0, 0, &[head]);
    out.extend(ogg_page(0, 0, 1, &[tags]));
    out.extend(ogg_page(4, 312 + packets * 960, 2, &silence));
    out
}

fn ogg_page(flags: u8, position: u64, number: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend_from_slice(&position.to_le_bytes());
    page.extend_from_slice(&1_u32.to_le_bytes());
    page.extend_from_slice(&number.to_le_bytes());
    page.extend_from_slice(&[0; 4]);
    page.push(packets.len() as u8);
    page.extend(packets.iter().map(|packet| packet.len() as u8));
    page.extend(packets.iter().flatten());
    let sum = page.iter().fold(0_u32, |crc, byte| {
        (0..8).fold(crc ^ (u32::from(*byte) << 24), |crc, _| {
            (crc << 1) ^ (0x04C1_1DB7 & (crc >> 31).wrapping_neg())
        })
    });
    if let Some(place) = page.get_mut(22..26) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
    page
}

/// One page with a line of words.
fn pdf(words: &str) -> Vec<u8> {
    let shown: String = words
        .chars()
        .filter(|c| c.is_ascii() && !"()\\".contains(*c))
        .collect();
    let stream = format!("BT /F1 14 Tf 60 760 Td ({shown}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font \
         << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!(
            "<< /Length {} >>\nstream\n{stream}\nendstream",
            stream.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    let table = out.len();
    out.push_str(&format!(
        "xref\n0 {}\n0000000000 65535 f \n",
        objects.len() + 1
    ));
    for place in places {
        out.push_str(&format!("{place:010} 00000 n \n"));
    }
    out.push_str(&format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    ));
    out.into_bytes()
}
