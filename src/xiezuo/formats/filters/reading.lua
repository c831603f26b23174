-- Import filter for DOCX and EPUB: keeps text and structure, removes everything that loads or runs.

local SAFE = { http = true, https = true, mailto = true }

function Image(image)
  return image.caption
end

function Link(link)
  local scheme = link.target:gsub("[%c%s]", ""):match("^([^/?#:]*):")
  if scheme and SAFE[scheme:lower()] then
    return pandoc.Link(link.content, link.target)
  end
  return link.content
end

function Span(span)
  return span.content
end

function Div(div)
  return div.content
end

function Figure(figure)
  return figure.content
end

function RawInline()
  return {}
end

function RawBlock(raw)
  if raw.format == "commonmark" then return raw end
  return {}
end

function Header(header)
  header.attr = pandoc.Attr()
  return header
end

-- Write a fenced code block with its language; pandoc would indent a block without one.
function CodeBlock(code)
  local language = ""
  for _, class in ipairs(code.classes) do
    if class ~= "sourceCode" and class:match("^[%w+#-]+$") then
      language = class
      break
    end
  end
  local fence = "```"
  for run in code.text:gmatch("`+") do
    if #run >= #fence then fence = ("`"):rep(#run + 1) end
  end
  return pandoc.RawBlock("commonmark", fence .. language .. "\n" .. code.text .. "\n" .. fence)
end

function Code(code)
  code.attr = pandoc.Attr()
  return code
end

local CONTENTS = { ["Table of Contents"] = true, Contents = true, ["目录"] = true }

-- Remove a generated table of contents before the text: in DOCX a heading, in EPUB lists.
local function without_contents(blocks)
  local leading = 0
  while blocks[leading + 1] and (blocks[leading + 1].t:match("List$")
      or pandoc.utils.stringify(blocks[leading + 1]) == "") do
    leading = leading + 1
  end
  local epub = blocks[leading + 1] and blocks[leading + 1].t == "Header" and EPUB
  local result = pandoc.Blocks({})
  for at, block in ipairs(blocks) do
    local contents = block.t == "Header" and at <= leading + 3
      and CONTENTS[pandoc.utils.stringify(block)]
    if not contents and not (epub and at <= leading) then result:insert(block) end
  end
  return result
end

-- Make the title of the file the top heading, unless the text already begins with it.
function Pandoc(doc)
  EPUB = doc.meta.epub
  doc.blocks = without_contents(doc.blocks)
  local title = doc.meta.title and pandoc.utils.stringify(doc.meta.title) or ""
  local first = doc.blocks[1]
  local starts_with_title = first and first.t == "Header" and pandoc.utils.stringify(first) == title
  local tops = doc.blocks:filter(function(block)
    return block.t == "Header" and block.level == 1
  end)
  if title == "" or (starts_with_title and #tops == 1) then return doc end
  if starts_with_title then doc.blocks:remove(1) end
  doc.blocks = doc.blocks:walk({
    Header = function(header)
      header.level = math.min(6, header.level + 1)
      return header
    end,
  })
  doc.blocks:insert(1, pandoc.Header(1, { pandoc.Str(title) }))
  return doc
end
