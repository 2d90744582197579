//! Decimal and hexadecimal digits from tables of pairs. Most responses contain many times, sizes and digests, and `fmt`
//! takes ten times as long.

/// The two digits of each number below 100.
const DECIMAL: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// The two hexadecimal digits of each byte.
const HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

/// The last two digits of a number.
pub(crate) fn two_digits(number: u32) -> [u8; 2] {
    DECIMAL[number as usize % 100]
}

/// Writes the hexadecimal digits of `bytes`. `text` has two places for each byte.
pub(crate) fn write_hex(text: &mut [u8], bytes: &[u8]) {
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&HEX[usize::from(*byte)]);
    }
}

/// A number with 32 hexadecimal digits: the id of an upload.
pub(crate) fn hex_32(number: u64) -> [u8; 32] {
    let mut text = [b'0'; 32];
    write_hex(&mut text[16..], &number.to_be_bytes());
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn digits_are_those_of_fmt(number in any::<u64>(), shift in 0..64_u32) {
            let number = number >> shift;
            let hexadecimal = hex_32(number).to_vec();
            prop_assert_eq!(String::from_utf8(hexadecimal).unwrap(), format!("{number:032x}"));
        }
    }
}
