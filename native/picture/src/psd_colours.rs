//! Owns how the channels of Photoshop's modes become red, green, blue and alpha. No colour profile is applied.

use crate::psd::Composite;
use crate::reason::{CUT_OFF, Reason};

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Bitmap,
    Grey,
    Indexed,
    Rgb,
    Cmyk,
    Multichannel,
    Duotone,
    Lab,
}

/// A mode at a depth that it may have.
#[derive(Clone, Copy)]
pub struct Mode {
    kind: Kind,
    depth: u16,
}

impl Mode {
    pub fn of(mode: u16, depth: u16) -> Result<Mode, Reason> {
        let kind = match mode {
            0 => Kind::Bitmap,
            1 => Kind::Grey,
            2 => Kind::Indexed,
            3 => Kind::Rgb,
            4 => Kind::Cmyk,
            7 => Kind::Multichannel,
            8 => Kind::Duotone,
            9 => Kind::Lab,
            _ => return Err(Reason::new("its kind of colour is not known ({0})", &[&mode])),
        };
        let is_possible = match kind {
            Kind::Bitmap => depth == 1,
            Kind::Indexed => depth == 8,
            Kind::Grey | Kind::Rgb => matches!(depth, 8 | 16 | 32),
            _ => matches!(depth, 8 | 16),
        };
        if !is_possible {
            return Err(Reason::new("its kind of colour has no {0} bits", &[&depth]));
        }
        Ok(Mode { kind, depth })
    }

    pub fn depth(self) -> u16 {
        self.depth
    }

    /// Of the result.
    pub fn bytes_a_pixel(self) -> u64 {
        match self.depth {
            32 => 16,
            16 => 8,
            _ => 4,
        }
    }
}

pub struct Colours<'a> {
    pub mode: Mode,
    /// Of the composite.
    pub channels: usize,
    /// Of indexed colours: 256 reds, greens and blues.
    pub palette: &'a [u8],
    /// The index that shows nothing.
    pub transparent: Option<u16>,
    /// The colours lie on white, which is taken back where it is seen.
    pub has_matte: bool,
}

impl Colours<'_> {
    /// Channels that are colour.
    fn count(&self) -> usize {
        match self.mode.kind {
            Kind::Rgb | Kind::Lab => 3,
            Kind::Cmyk => 4,
            Kind::Multichannel if self.channels >= 3 => 3,
            _ => 1,
        }
    }

    /// The channel that says how much is covered; the kinds without colour of their own have none.
    fn alpha(&self) -> Option<usize> {
        let has_none = matches!(self.mode.kind, Kind::Bitmap | Kind::Indexed | Kind::Multichannel);
        (!has_none && self.channels > self.count()).then(|| self.count())
    }

    /// What people have to know of the picture that is shown.
    pub fn notes(&self) -> Vec<Reason> {
        let mut notes: Vec<Reason> = match self.mode.kind {
            Kind::Cmyk => vec!["CMYK is shown and compared as RGB, without its colour profile".into()],
            Kind::Lab => vec!["Lab is shown and compared as sRGB".into()],
            Kind::Multichannel => vec!["Its channels are shown as red, green and blue".into()],
            Kind::Duotone => vec!["Duotone is shown in grey, without its inks".into()],
            _ => Vec::new(),
        };
        let shown = self.count() + usize::from(self.alpha().is_some());
        if self.channels > shown {
            notes.push(Reason::new("{0} further channels are not shown", &[&(self.channels - shown)]));
        }
        notes
    }

    pub fn bytes(&self, composite: &Composite) -> Result<Vec<u8>, Reason> {
        let (width, height) = composite.size();
        let (of_alpha, is_grey) = (self.alpha(), self.count() == 1);
        let mut pixels = Vec::with_capacity(width * height * 4);
        self.each_row(composite, |rows| {
            for x in 0..width {
                let at = |channel: usize| rows.get(channel).map_or(0, |row| row[x]);
                let alpha = of_alpha.map_or(255, at);
                let rgb = match self.mode.kind {
                    // A bit that is set is black.
                    Kind::Bitmap => [if rows[0][x / 8] & (0x80 >> (x % 8)) == 0 { 255 } else { 0 }; 3],
                    Kind::Indexed => {
                        let index = usize::from(at(0));
                        [0, 256, 512].map(|plane| self.palette.get(plane + index).copied().unwrap_or(0))
                    }
                    Kind::Cmyk | Kind::Lab => {
                        let values = [at(0), at(1), at(2), at(3)].map(|value| f32::from(value) / 255.0);
                        self.mixed(values).map(|value| (value * 255.0 + 0.5) as u8)
                    }
                    _ if is_grey => [at(0); 3],
                    _ => [at(0), at(1), at(2)],
                };
                let is_hidden = self.mode.kind == Kind::Indexed && self.transparent == Some(u16::from(at(0)));
                let alpha = if is_hidden { 0 } else { alpha };
                pixels.extend(rgb.map(|value| self.without_matte(f32::from(value), f32::from(alpha), 255.0) as u8));
                pixels.push(alpha);
            }
        })?;
        Ok(pixels)
    }

    pub fn words(&self, composite: &Composite) -> Result<Vec<u16>, Reason> {
        let (width, height) = composite.size();
        let (of_alpha, is_grey) = (self.alpha(), self.count() == 1);
        let mut pixels = Vec::with_capacity(width * height * 4);
        self.each_row(composite, |rows| {
            for x in 0..width {
                let at = |channel: usize| {
                    rows.get(channel).map_or(0, |row| u16::from_be_bytes([row[x * 2], row[x * 2 + 1]]))
                };
                let alpha = of_alpha.map_or(65535, at);
                let rgb = match self.mode.kind {
                    Kind::Cmyk | Kind::Lab => {
                        let values = [at(0), at(1), at(2), at(3)].map(|value| f32::from(value) / 65535.0);
                        self.mixed(values).map(|value| (value * 65535.0 + 0.5) as u16)
                    }
                    _ if is_grey => [at(0); 3],
                    _ => [at(0), at(1), at(2)],
                };
                pixels.extend(rgb.map(|value| self.without_matte(f32::from(value), f32::from(alpha), 65535.0) as u16));
                pixels.push(alpha);
            }
        })?;
        Ok(pixels)
    }

    pub fn floats(&self, composite: &Composite) -> Result<Vec<f32>, Reason> {
        let (width, height) = composite.size();
        let (of_alpha, is_grey) = (self.alpha(), self.count() == 1);
        let mut pixels = Vec::with_capacity(width * height * 4);
        self.each_row(composite, |rows| {
            for x in 0..width {
                let at = |channel: usize| {
                    rows.get(channel)
                        .map_or(0.0, |row| f32::from_be_bytes(row[x * 4..x * 4 + 4].try_into().unwrap_or_default()))
                };
                let alpha = of_alpha.map_or(1.0, at);
                let rgb = if is_grey { [at(0); 3] } else { [at(0), at(1), at(2)] };
                pixels.extend(rgb.map(|value| self.without_matte(value, alpha, 1.0)));
                pixels.push(alpha);
            }
        })?;
        Ok(pixels)
    }

    /// Calls `each` with the rows of all channels that are shown, from the top.
    fn each_row(&self, composite: &Composite, mut each: impl FnMut(&[Vec<u8>])) -> Result<(), Reason> {
        let shown = self.alpha().map_or(self.count(), |alpha| alpha + 1);
        if self.channels < self.count() {
            return Err(CUT_OFF.into());
        }
        let mut rows = vec![Vec::new(); shown];
        for y in 0..composite.size().1 {
            for (channel, row) in rows.iter_mut().enumerate() {
                composite.row(channel, y, row)?;
            }
            each(&rows);
        }
        Ok(())
    }

    /// Red, green and blue of CMYK or Lab, all 0 to 1.
    fn mixed(&self, values: [f32; 4]) -> [f32; 3] {
        match self.mode.kind {
            Kind::Lab => rgb_of_lab(values),
            // Ink is stored the other way round: full light is no ink.
            _ => [0, 1, 2].map(|ink| values[ink] * values[3]),
        }
    }

    /// The colour of a pixel that was put on white with its alpha.
    fn without_matte(&self, value: f32, alpha: f32, full: f32) -> f32 {
        if !self.has_matte || self.alpha().is_none() || alpha <= 0.0 || alpha >= full {
            return value;
        }
        let opaque = (value - full) * full / alpha + full;
        if full == 1.0 { opaque } else { (opaque + 0.5).clamp(0.0, full) }
    }
}

/// CIE Lab, D50, of values of 0 to 1, as sRGB. Source: ICC.1:2022 (the curve), and the matrix of CSS Color Module Level 4 (D50 to D65, to sRGB).
fn rgb_of_lab([lightness, a, b, _]: [f32; 4]) -> [f32; 3] {
    let y = (lightness * 100.0 + 16.0) / 116.0;
    let x = y + (a * 255.0 - 128.0) / 500.0;
    let z = y - (b * 255.0 - 128.0) / 200.0;
    let light = |value: f32| if value > 6.0 / 29.0 { value.powi(3) } else { (value - 16.0 / 116.0) * 108.0 / 841.0 };
    let (x, y, z) = (light(x) * 0.9643, light(y), light(z) * 0.8251);
    let linear = [
        3.1341 * x - 1.6174 * y - 0.4907 * z,
        -0.9788 * x + 1.9161 * y + 0.0334 * z,
        0.0719 * x - 0.2290 * y + 1.4052 * z,
    ];
    linear.map(|value| {
        let value = value.clamp(0.0, 1.0);
        if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 }
    })
}
