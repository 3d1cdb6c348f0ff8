//! For whoever reads a file that a person wrote: in which line something stands, and which word was
//! likely meant.

/// The line, from 1, in which a byte stands.
pub fn line_at(text: &str, at: usize) -> u32 {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    let ends = memchr::memchr_iter(b'\n', before).count();
    u32::try_from(ends).unwrap_or(u32::MAX).saturating_add(1)
}

/// The word that was most likely meant, if one is near: at most a third of its letters differ.
pub fn nearest<'a>(written: &str, among: &[&'a str]) -> Option<&'a str> {
    among
        .iter()
        .map(|word| (distance(written, word), *word))
        .filter(|(far, word)| far * 3 <= word.chars().count().max(3))
        .min_by_key(|(far, _)| *far)
        .map(|(_, word)| word)
}

/// How many letters must be put in, left out, changed or swapped with the next to make one word
/// of another. Long words are not compared: they are no slip of a finger.
fn distance(from: &str, to: &str) -> usize {
    const LONGEST: usize = 64;
    let from: Vec<char> = from.chars().take(LONGEST + 1).collect();
    let to: Vec<char> = to.chars().collect();
    if from.len() > LONGEST {
        return usize::MAX / 4;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 4);
            let mut best = at(&row, j) + usize::from(a != b);
            best = best.min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && from.get(i - 1) == Some(b) && to.get(j - 1) == Some(a);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(usize::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_words() {
        let known = ["theme", "linear", "confirm-over"];
        assert_eq!(nearest("theem", &known), Some("theme"));
        assert_eq!(nearest("confirm_over", &known), Some("confirm-over"));
        assert_eq!(nearest("colour", &known), None);
        assert_eq!(nearest("", &known), None);
        assert_eq!(nearest(&"x".repeat(1 << 20), &known), None);
        assert_eq!(distance("drak", "dark"), 1);
    }
}
