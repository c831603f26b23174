export const DOCUMENT = {
  stages: { en: 'Stages', zh: '阶段' },
  brief: { en: 'Brief', zh: '写作要求' },
  outline: { en: 'Outline', zh: '大纲' },
  write: { en: 'Write', zh: '写作' },
  versions: { en: 'Versions', zh: '版本' },
  export: { en: 'Export', zh: '导出' },
  untitled: { en: 'Untitled', zh: '未命名' },
  gone: { en: 'This document does not exist or was deleted.', zh: '文档不存在或已被删除。' },
  back: { en: 'All documents', zh: '全部文档' },
} as const
