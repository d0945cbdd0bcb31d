// A file that was dropped on the page or chosen, on its way to the page that makes a robot of it.

class Dropped {
  file: File | undefined = $state.raw();

  take(): File | undefined {
    const { file } = this;
    this.file = undefined;
    return file;
  }
}

export const dropped = new Dropped();

export const isRobotFile = (file: File): boolean => /\.(robot|zip)$/i.test(file.name);
