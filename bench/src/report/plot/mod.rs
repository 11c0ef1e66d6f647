//! Pictures: SVG with text as text, for a light and a dark surrounding.

mod memory;
mod scores;

pub(super) use memory::memory;
pub(super) use scores::scores;

use std::fmt::Write as _;

/// How wide every picture is.
const WIDTH: f64 = 860.0;

/// The colours, which follow the reader's choice. The background is the picture's own, so that none is lost on a page
/// of the other kind.
const STYLE: &str = "
text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; font-size: 13px; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.head { font-weight: 600 }
.quiet { fill: #59636e; font-size: 12px }
.back { fill: #ffffff }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.limit { stroke: #1f2328; stroke-width: 1.5 }
.ours { fill: #0969da }
.peer { fill: #8c959f }
.curve { stroke: #0969da; stroke-width: 2; fill: none }
.spread { stroke: #1f2328; stroke-width: 1.5 }
.goal { stroke: #bc4c00; stroke-width: 2.5 }
text.goal { stroke: none; fill: #bc4c00; font-size: 12px }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.quiet { fill: #9198a1 }
.back { fill: #0d1117 }
.grid { stroke: #3d444d }
.limit { stroke: #f0f6fc }
.ours { fill: #4493f8 }
.peer { fill: #656c76 }
.curve { stroke: #4493f8 }
.spread { stroke: #f0f6fc }
.goal { stroke: #f0883e }
text.goal { fill: #f0883e }
}
";

/// Where a text is held.
#[derive(Clone, Copy)]
enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// A place in a picture, from its upper left corner.
type Point = (f64, f64);

/// A picture that is being drawn.
struct Picture {
    height: f64,
    body: String,
}

impl Picture {
    fn new(height: f64) -> Self {
        let mut picture = Self { height, body: String::new() };
        picture.bar("back", (0.0, 0.0), (WIDTH, height));
        picture
    }

    fn text(&mut self, class: &str, anchor: Anchor, (x, y): Point, text: &str) {
        let (anchor, text) = (anchor.name(), escaped(text));
        let _ = writeln!(
            self.body,
            r#"<text class="{class}" text-anchor="{anchor}" x="{x:.1}" y="{y:.1}">{text}</text>"#
        );
    }

    fn line(&mut self, class: &str, (x1, y1): Point, (x2, y2): Point) {
        let _ = writeln!(
            self.body,
            r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#
        );
    }

    fn bar(&mut self, class: &str, (x, y): Point, (width, height): (f64, f64)) {
        let _ = writeln!(
            self.body,
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"/>"#
        );
    }

    /// A curve through points, with a dot at each.
    fn curve(&mut self, points: &[Point]) {
        let path: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(self.body, r#"<polyline class="curve" points="{}"/>"#, path.join(" "));
        for (x, y) in points {
            let _ = writeln!(self.body, r#"<circle class="ours" cx="{x:.1}" cy="{y:.1}" r="3.5"/>"#);
        }
    }

    /// The whole file. `told` says in words what is to be seen.
    fn finish(self, title: &str, told: &str) -> String {
        let (height, body) = (self.height, self.body);
        let (title, told) = (escaped(title), escaped(told));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
             <title id=\"title\">{title}</title>\n<desc id=\"desc\">{told}</desc>\n\
             <style>{STYLE}</style>\n{body}</svg>\n"
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
