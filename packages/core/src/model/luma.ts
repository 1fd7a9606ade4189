/** Luma of red, green and blue (ITU-R BT.601): how bright a grey picture of colours is. */
export const LUMA = [0.299, 0.587, 0.114] as const;
