-- What pandoc leaves to us: the title, wide tables, line breaks between CJK characters, and
-- nothing that runs or loads when the document is opened.

local SAFE = { http = true, https = true, mailto = true }
local PAGE = 72 -- characters of a line; a table that needs more gets widths
local WIDEST = 40 -- characters that count of one cell
local NARROWEST = 0.06 -- share of the page

local function is_cjk(code)
  return (code >= 0x2E80 and code <= 0xA4CF) or (code >= 0xAC00 and code <= 0xD7AF)
    or (code >= 0xF900 and code <= 0xFAFF) or (code >= 0xFE30 and code <= 0xFE4F)
    or (code >= 0xFF00 and code <= 0xFF60) or (code >= 0x20000 and code <= 0x3FFFD)
end

local function first_code(text)
  return utf8.codepoint(text, 1)
end

local function last_code(text)
  return utf8.codepoint(text, utf8.offset(text, -1))
end

local function ends_in_cjk(inline)
  local text = inline and pandoc.utils.stringify(inline) or ""
  return text ~= "" and is_cjk(last_code(text))
end

local function starts_in_cjk(inline)
  local text = inline and pandoc.utils.stringify(inline) or ""
  return text ~= "" and is_cjk(first_code(text))
end

-- A line break in the source is a space, but Chinese and Japanese have none between words.
function Inlines(inlines)
  local kept = pandoc.Inlines({})
  for at, inline in ipairs(inlines) do
    local between = inline.t == "SoftBreak"
      and ends_in_cjk(inlines[at - 1]) and starts_in_cjk(inlines[at + 1])
    if not between then kept:insert(inline) end
  end
  return kept
end

function Link(link)
  local start = link.target:gsub("[%c%s]", ""):match("^[^/?#]*")
  local scheme = start:match("^(.-):")
  if link.target:match("^%s*//") or (scheme and not SAFE[scheme:lower()]) then
    return link.content
  end
  link.target = link.target:gsub('[%c%s"<>\\^`{|}]', function(one)
    return ("%%%02X"):format(one:byte())
  end)
  return link
end

-- What pandoc writes for pictures inside a document is for typst before 0.13. A picture of any
-- kind is wrapped in SVG, because typst takes text, and no base64.
local function typst_image(image)
  local svg = '<svg xmlns=\\"http://www.w3.org/2000/svg\\"'
    .. ' xmlns:xlink=\\"http://www.w3.org/1999/xlink\\"><image xlink:href=\\"'
    .. image.src:gsub("[^%w+/=:;,]", "") .. '\\"/></svg>'
  return '#box(image(bytes("' .. svg .. '"), format: "svg"))'
end

-- A picture is shown when the document brings it along; others stay as their description.
function Image(image)
  local kind = image.src:match("^data:image/(%a+);base64,")
  if not (kind == "png" or kind == "jpeg" or kind == "gif" or kind == "webp") then
    return image.caption
  end
  if FORMAT == "typst" then return pandoc.RawInline("typst", typst_image(image)) end
end

-- HTML in the text is text, but for line breaks and comments.
function RawInline(raw)
  if raw.text:match("^<!%-%-") then return {} end
  if raw.text:lower():match("^<br%s*/?>$") then return pandoc.LineBreak() end
  return pandoc.Str(raw.text)
end

function RawBlock(raw)
  if raw.text:match("^<!%-%-") then return {} end
  return pandoc.Para({ pandoc.Str(raw.text) })
end

local function width(cell)
  local text = pandoc.utils.stringify(cell.contents)
  local sum = 0
  for _, code in utf8.codes(text) do
    sum = sum + (is_cjk(code) and 2 or 1)
  end
  return math.min(sum, WIDEST)
end

local function measure(rows, widths)
  for _, row in ipairs(rows) do
    for at, cell in ipairs(row.cells) do
      widths[at] = math.max(widths[at] or 1, width(cell))
    end
  end
end

-- A table that fits keeps its natural widths; another shares the page among its columns.
function Table(one)
  local widths, sum = {}, 0
  measure(one.head.rows, widths)
  for _, body in ipairs(one.bodies) do measure(body.body, widths) end
  for _, value in ipairs(widths) do sum = sum + value + 2 end
  if sum <= PAGE then return nil end
  local shares, total = {}, 0
  for at, value in ipairs(widths) do
    shares[at] = math.max(NARROWEST, (value + 2) / sum)
    total = total + shares[at]
  end
  for at, spec in ipairs(one.colspecs) do
    one.colspecs[at] = { spec[1], (shares[at] or NARROWEST) / math.max(total, 1) }
  end
  return one
end

-- The one heading of the first level is the document's title; what is below it moves up.
function Pandoc(doc)
  local tops = doc.blocks:filter(function(block)
    return block.t == "Header" and block.level == 1
  end)
  local first = doc.blocks[1]
  if #tops == 1 and first.t == "Header" and first.level == 1 then
    doc.meta.title = doc.meta.title or pandoc.MetaInlines(first.content)
    doc.blocks:remove(1)
    doc.blocks = doc.blocks:walk({
      Header = function(header)
        header.level = math.max(1, header.level - 1)
        return header
      end,
    })
  end
  if not doc.meta.title then
    doc.meta.title = pandoc.MetaInlines(#tops > 0 and tops[1].content or { pandoc.Str("—") })
  end
  return doc
end
