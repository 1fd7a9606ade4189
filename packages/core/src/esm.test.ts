describe('the test runner', () => {
  // Without Node's vm-modules flag Jest silently runs tests as CommonJS, and what they prove is another build.
  it('runs these files as ES modules', () => {
    expect(typeof require).toBe('undefined');
    expect(import.meta.url).toMatch(/esm\.test\.ts$/);
  });
});
