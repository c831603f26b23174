-- Export filter: sets the title, widths of wide tables, and line breaks between CJK characters, and
-- removes everything that would run or load something when the document is opened.

local SAFE = { http = true, https = true, mailto = true }
local PAGE = 72 -- characters per line; a wider table gets explicit column widths
local WIDEST = 40 -- characters of a cell that are counted at most
local NARROWEST = 0.06 -- minimum width of a column, as a share of the page

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

-- A line break in the source becomes a space, except between Chinese or Japanese characters.
function Inlines(inlines)
  local result = pandoc.Inlines({})
  for at, inline in ipairs(inlines) do
    local between = inline.t == "SoftBreak"
      and ends_in_cjk(inlines[at - 1]) and starts_in_cjk(inlines[at + 1])
    if not between then result:insert(inline) end
  end
  return result
end

function Link(link)
  local start = link.target:gsub("[%c%s]", ""):match("^[^/?#]*")
  local scheme = start:match("^(.-):")
  if link.target:match("^%s*//") or (scheme and not SAFE[scheme:lower()]) then
    return link.content
  end
  link.target = link.target:gsub('[%c%s"<>\\^`{|}]', function(character)
    return ("%%%02X"):format(character:byte())
  end)
  return link
end

-- Pandoc writes embedded pictures for typst before 0.13. Wrap every picture in SVG, because typst
-- accepts text there but not base64.
local function typst_image(image)
  local svg = '<svg xmlns=\\"http://www.w3.org/2000/svg\\"'
    .. ' xmlns:xlink=\\"http://www.w3.org/1999/xlink\\"><image xlink:href=\\"'
    .. image.src:gsub("[^%w+/=:;,]", "") .. '\\"/></svg>'
  return '#box(image(bytes("' .. svg .. '"), format: "svg"))'
end

-- Show pictures that are embedded in the document; replace others with their description.
function Image(image)
  local kind = image.src:match("^data:image/(%a+);base64,")
  if not (kind == "png" or kind == "jpeg" or kind == "gif" or kind == "webp") then
    return image.caption
  end
  if FORMAT == "typst" then return pandoc.RawInline("typst", typst_image(image)) end
end

-- Show HTML as text, except line breaks and comments.
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

-- A table that fits keeps its natural widths; a wider one divides the page among its columns.
function Table(tbl)
  local widths, sum = {}, 0
  measure(tbl.head.rows, widths)
  for _, body in ipairs(tbl.bodies) do measure(body.body, widths) end
  for _, value in ipairs(widths) do sum = sum + value + 2 end
  if sum <= PAGE then return nil end
  local shares, total = {}, 0
  for at, value in ipairs(widths) do
    shares[at] = math.max(NARROWEST, (value + 2) / sum)
    total = total + shares[at]
  end
  for at, spec in ipairs(tbl.colspecs) do
    tbl.colspecs[at] = { spec[1], (shares[at] or NARROWEST) / math.max(total, 1) }
  end
  return tbl
end

-- A single level 1 heading becomes the title of the document; the headings below it move up.
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
