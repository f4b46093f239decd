import { useEffect, useState } from 'preact/hooks'

/** Charts far below are made when they come into sight. */
export function useSeen(holder: { current: HTMLDivElement | null }): boolean {
  const [isSeen, setSeen] = useState(false)
  useEffect(() => {
    if (isSeen || holder.current === null) return undefined
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setSeen(true),
      { rootMargin: '400px' },
    )
    observer.observe(holder.current)
    return () => observer.disconnect()
  }, [isSeen])
  return isSeen
}
