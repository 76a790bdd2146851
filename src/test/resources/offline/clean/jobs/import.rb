require 'yaml'

# Marshal.load(text) would run whatever it is given.
class Import
  ADVICE = 'never system("tar xf #{file}")'

  def load(text)
    YAML.safe_load(text)
  end

  def user(name)
    User.where('name = ?', name).first
  end

  def unpack(file)
    system('tar', 'xf', file)
  end
end
